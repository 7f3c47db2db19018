# SPDX-License-Identifier: Apache-2.0
# Bad input and options of akin train: one clear line each, the documented exit code, and nothing left behind that
# counts as a run.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
"$helpers/make_data" "$dir/data" 64 16 16 || exit 1
"$helpers/make_data" "$dir/one" 1 1 16 || exit 1
mkdir "$dir/empty" "$dir/plain"
cp "$dir"/data/*images* "$dir/plain"
train="train --recipe none $dir/data --out $dir/r"

expect 2 "unknown verb 'trian'; did you mean 'train'?" trian
expect 2 "unknown verb 'search'; did you mean 'nn'?" search
expect 2 "unknown verb 'dedup'; did you mean 'dups'?" dedup "$dir/data"
expect 2 "unknown verb 'version'; did you mean '--version'?" version
expect 2 "'$dir/data' is no verb but a folder; 'akin inspect' shows what is in it" "$dir/data"
mkdir "$dir/my photos"
expect 2 "unexpected argument photos; did you mean '$dir/my photos'? A name with blanks is put in quotes" inspect "$dir/my" photos
expect 2 "unexpected argument photo; usage: akin inspect DATA" inspect "$dir/my" photo
expect 2 "unknown option --temprature; did you mean --temperature?" $train --temprature 0.5
expect 2 "--temperature is 0;" $train --temperature 0
expect 2 "--temperature is 'nan'" $train --temperature nan
expect 2 "--temperature is -1;" $train --temperature=-1
expect 2 "--batch-size is 1; it must be" $train --batch-size 1
expect 2 "--batch-size is '1.5'; it must be a whole number" $train --batch-size 1.5
expect 2 "--epochs needs a value" $train --epochs
expect 2 "--loss is 'ntxnt', which is no loss; did you mean 'ntxent'?" $train --loss ntxnt
expect 2 "--loss curl-hinge takes tuples of latent classes" $train --loss curl-hinge --pairs views
expect 2 "--pairs latent is for curl-hinge and curl-logistic" $train --pairs latent
expect 2 "--negatives is of --pairs given or latent, and" $train --negatives 4 --batch-size 16 --quiet
expect 2 "--window is an option of --pairs near; --pairs is auto" $train --window 4
expect 2 "takes no pairs" $train --loss cross-entropy --pairs group
expect 3 "--loss supcon needs a class for every item; item 0 has none" train --recipe none "$dir/plain" --out "$dir/r" --loss supcon --batch-size 16
expect 3 "has no classes or groups to take positives from" train --recipe none "$dir/plain" --out "$dir/r" --pairs group --batch-size 16
expect 3 "No such file" $train --loss curl-hinge --class-prior "$dir/none" --batch-size 16
expect 2 "--sigma is no parameter of the loss 'ntxent'" $train --sigma 0.2
expect 2 "--set is 'epochs'; it must be NAME=VALUE" $train --set epochs
expect 2 "there is no encoder 'resnet-x'; did you mean" $train --encoder resnet-x
expect 2 "--optimizer is 'adam'; did you mean 'adamw'?; it must be one of adamw|sgd|lars" $train --optimizer adam
expect 2 "--nesterov is an option of --optimizer sgd and lars; --optimizer is adamw" $train --nesterov
expect 2 "--trust is an option of --optimizer lars; --optimizer is sgd" $train --optimizer sgd --trust 0.01
expect 2 "--nesterov looks ahead along the momentum; --momentum is 0" $train --optimizer sgd --nesterov --momentum 0
expect 2 "--milestones is an option of --schedule step; --schedule is cosine" $train --milestones 3
expect 2 "--lr-factor is an option of --schedule step; --schedule is constant" $train --schedule constant --lr-factor 0.5
expect 2 "--lr-min is an option of --schedule cosine and step; --schedule is constant" $train --schedule constant --lr-min 0.001
expect 2 "--lr-min is 0.5; it must be at most --lr, which is 0.1" $train --lr 0.1 --lr-min 0.5
expect 2 "--schedule step needs --milestones" $train --schedule step
expect 2 "--milestones is '3;4'; it must be epochs with commas between" $train --schedule step --milestones "3;4"
expect 2 "--milestones is '3,'; it must be epochs with commas between" $train --schedule step --milestones 3,
expect 2 "--milestones is '4,3'; 3 must be greater than 4 and less than the 10 epochs" $train --schedule step --milestones 4,3
expect 2 "--milestones is '4,10'; 10 must be greater than 4" $train --schedule step --milestones 4,10
expect 2 "--milestones is 'nan'; it must be epochs" $train --schedule step --milestones nan
expect 2 "--encoder mlp takes images of one size: views are 8x8, images are 16x16" $train --encoder mlp --view-height 8 --view-width 8 --batch-size 16
expect 2 "--encoder linear takes images of one size" $train --encoder linear --view-width 8 --batch-size 16
expect 2 "--encoder identity takes images of one size" $train --encoder identity --view-width 8 --batch-size 16
expect 2 "--ema is 1;" $train --ema 1
expect 2 "--clip-norm is -1;" $train --clip-norm=-1
expect 2 "where to? name the folder of the run with --out RUN" train --recipe none "$dir/data"
expect 2 "which data? usage: akin train DATA --out RUN" train --out "$dir/r"
expect 2 "there is no run in" train --resume "$dir/none"
expect 3 "No such file" train --recipe none "$dir/missing" --out "$dir/r"
expect 3 "$dir/empty" train --recipe none "$dir/empty" --out "$dir/r"
expect 3 "has 64 images to train on, fewer than one batch of 128" $train --batch-size 128
expect 3 "has 1 image to train on" train --recipe none "$dir/one" --out "$dir/r" --batch-size 2
if [ -e "$dir/r" ]; then
    echo "FAIL: a start that failed left a folder: $(ls -la "$dir/r")" >&2
    failures=$((failures + 1))
fi
expect 4 "the last checkpoint is good" $train --lr 1000 --weight-decay 100 --optimizer sgd --batch-size 16 \
    --epochs 200 --warmup 0 --quiet --force
printf '{"lr": 0.1, "epocs": 3}' >"$dir/c.json"
expect 2 "unknown option 'epocs'; did you mean 'epochs'?" $train --config "$dir/c.json" --force
printf '{"lr": 0.1' >"$dir/c.json"
expect 2 "is no JSON object of options" $train --config "$dir/c.json" --force
if [ "$(id -u)" != 0 ]; then
    mkdir "$dir/ro"
    chmod a-w "$dir/ro"
    expect 5 "Permission denied" train --recipe none "$dir/data" --out "$dir/ro/r"
fi
expect 5 "cannot create the folder" train --recipe none "$dir/data" --out /proc/akin
expect 5 "Not a directory" train --recipe none "$dir/data" --out "$dir/c.json"
mkdir "$dir/full" # a full disk: a small file system, where mounting one is allowed
if mount -t tmpfs -o size=256k none "$dir/full" 2>/dev/null; then
    expect 5 "No space left on device" train --recipe none "$dir/data" --out "$dir/full/r" --batch-size 16 --epochs 1 --quiet
    umount "$dir/full"
else
    echo "skipped: a full disk needs the right to mount a tmpfs"
fi
expect 3 "is no run folder" eval "$dir/empty"
expect 3 "is no run folder: it has no run.json; 'akin train DATA --out RUN' makes one" embed --form plain "$dir/empty" -o "$dir/x.npy"
[ $failures = 0 ] && echo ok
exit $failures
